/** Styles that esbuild bundles with the page. */
declare module '*.css';
