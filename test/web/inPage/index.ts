/** What tests run in the page itself, as `inPage`. */
export { faults } from './faults.ts';
export { goTo, waitFor } from './waiting.ts';
