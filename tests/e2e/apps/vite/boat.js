export const boat = "sloop";
