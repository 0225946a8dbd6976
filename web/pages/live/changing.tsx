/** A figure that may change while it is looked at. */
import { useEffect, useRef, useState } from 'preact/hooks';

/** A figure that is underlined for a moment when it has changed; its text node stays. */
export function Changing({ children: value }: { children: string }) {
  const before = useRef(value);
  const [changed, setChanged] = useState(false);
  useEffect(() => {
    if (before.current === value) return undefined;
    before.current = value;
    setChanged(true);
    const timer = setTimeout(() => setChanged(false), 600);
    return () => clearTimeout(timer);
  }, [value]);
  return <span class={changed ? 'changing changed' : 'changing'}>{value}</span>;
}
