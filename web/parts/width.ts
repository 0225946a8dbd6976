/** The width of an element, as its container gives it: what is drawn for it is never scaled. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** @param first until the element has been measured, px */
export function useWidth<Kind extends HTMLElement>(first: number): [RefObject<Kind | null>, number] {
  const frame = useRef<Kind>(null);
  const [width, setWidth] = useState(first);
  useLayoutEffect(() => {
    const element = frame.current!;
    const measure = () => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [frame, width];
}
