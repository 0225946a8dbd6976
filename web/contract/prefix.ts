/** The path of the endpoint under which everything of the page is. */
export const PREFIX = '/_playground/';
