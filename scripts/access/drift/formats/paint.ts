/** How text is coloured for a terminal. */

export type Paint = (style: "red" | "green" | "yellow" | "bold" | "dim", text: string) => string;

/** For files and pipes. */
export const plain: Paint = (_style, text) => text;
