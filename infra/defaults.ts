/** What the components set where the model is silent, for those who compare a tenant with it. */

export const defaultDescription = "Machine-to-machine application, kept as code";
