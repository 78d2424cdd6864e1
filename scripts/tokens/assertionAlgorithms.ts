/** The algorithms that Auth0 takes for a client's assertion (Auth0: private_key_jwt). */
export const assertionAlgorithms = ["RS256", "RS384", "PS256"] as const;

export type AssertionAlgorithm = (typeof assertionAlgorithms)[number];
