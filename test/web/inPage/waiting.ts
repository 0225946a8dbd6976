/** Waiting that runs in the page: it looks at every turn, where a locator looks twice a second. */

/** Until there is an element of one selector and none of another. */
export const waitFor = ({ wanted, unwanted }: { wanted: string; unwanted?: string }) =>
  new Promise<void>((done) => {
    const look = () => {
      if (document.querySelector(wanted) && !(unwanted && document.querySelector(unwanted))) done();
      else setTimeout(look, 5);
    };
    look();
  });

/** Follows a link inside the page, and until what it leads to is drawn and has asked for its data. */
export const goTo = (href: string) =>
  new Promise<void>((done) => {
    history.pushState(null, '', href);
    dispatchEvent(new PopStateEvent('popstate'));
    requestAnimationFrame(() => requestAnimationFrame(() => done()));
  });
