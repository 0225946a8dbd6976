/** What a reader would see at a glance, measured in the page: text that sticks out, is cut off or is on other text. */

/** Returns what is wrong, in words. It runs in the page, so that it needs nothing from outside itself. */
export function faults(): string[] {
  /** Overlaps and overhangs of a rounded pixel are not seen. */
  const SEEN = 1.5;
  const found: string[] = [];
  const quoted = (text: string) => `“${text.trim().slice(0, 40)}”`;

  if (document.documentElement.scrollWidth > innerWidth) {
    const wide = [...document.querySelectorAll('body *')].filter(
      (element) => !element.closest('.scroll') && element.getBoundingClientRect().right > innerWidth + 1,
    );
    found.push(
      `scrolls sideways: ${wide
        .slice(0, 3)
        .map((element) => element.outerHTML.slice(0, 80))
        .join(' | ')}`,
    );
  }
  const titles = document.querySelectorAll('h1').length;
  if (titles !== 1) found.push(`has ${titles} titles`);

  const clips = ({ overflowX, overflowY }: CSSStyleDeclaration) =>
    [overflowX, overflowY].some((value) => value !== 'visible');
  const scrolls = ({ overflowX }: CSSStyleDeclaration) => overflowX === 'auto' || overflowX === 'scroll';
  /** What cuts the text off, from the inside to the outside. */
  const framesOf = (element: Element) => {
    const frames: { box: DOMRect; style: CSSStyleDeclaration }[] = [];
    for (let one: Element | null = element; one && one !== document.body; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (one instanceof SVGSVGElement || clips(style))
        frames.push({ box: one.getBoundingClientRect(), style });
    }
    return frames;
  };
  /** The box that lays the text out. */
  const boxOf = (element: Element) => {
    let one: Element | null = element;
    while (one && /^(inline|contents)$/.test(getComputedStyle(one).display)) one = one.parentElement;
    return (one ?? document.body).getBoundingClientRect();
  };

  interface Seen {
    readonly text: string;
    readonly element: Element;
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  }
  const seen: Seen[] = [];
  const walker = document.createTreeWalker(document.querySelector('main')!, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent ?? '';
    const element = node.parentElement!;
    if (!text.trim() || element.closest('.vh, select, .cm-editor, details:not([open]) > :not(summary)'))
      continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const isDrawn = element instanceof SVGElement;
    // The upright box of a slanted label says nothing.
    if (element instanceof SVGGraphicsElement && (element.getCTM()?.b ?? 0) !== 0) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const frames = framesOf(element);
    for (const { left, right, top, bottom } of range.getClientRects()) {
      if (right - left < 1) continue;
      const inScroller = frames.some(({ style }) => scrolls(style));
      for (const { box } of inScroller ? [] : frames)
        if (left < box.left - SEEN || right > box.right + SEEN)
          found.push(`${quoted(text)} is cut off or leaves its picture`);
      if (!isDrawn && !inScroller) {
        const box = boxOf(element);
        if (left < box.left - SEEN || right > box.right + SEEN) found.push(`${quoted(text)} leaves its box`);
      }
      // What a frame hides is not seen. A line of text is as high as its letters.
      const visible = frames.reduce(
        (part, { box }) => ({
          left: Math.max(part.left, box.left),
          right: Math.min(part.right, box.right),
          top: Math.max(part.top, box.top),
          bottom: Math.min(part.bottom, box.bottom),
        }),
        { left, right, top: top + (bottom - top) * 0.2, bottom: bottom - (bottom - top) * 0.2 },
      );
      if (visible.right > visible.left && visible.bottom > visible.top)
        seen.push({ text, element, ...visible });
    }
  }
  seen.sort((a, b) => a.top - b.top);
  for (const [at, one] of seen.entries())
    for (let next = at + 1; next < seen.length && seen[next]!.top < one.bottom; next++) {
      const other = seen[next]!;
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      // Columns that stay in place while a table scrolls are above the others.
      const isFixed = [one, other].some(({ element }) => element.closest('th:first-child'));
      if (across > SEEN && down > SEEN && one.element !== other.element && !isFixed)
        found.push(`${quoted(one.text)} and ${quoted(other.text)} are on each other`);
    }
  return [...new Set(found)].slice(0, 8);
}
