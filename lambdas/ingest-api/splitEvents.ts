/** Cuts a request's body into the events' own texts, because parsing and printing again would alter numbers. */

/**
 * The texts of the elements of a JSON array, of one JSON value, or of each line. Text that is not JSON comes back as it
 * is: judging it names what is wrong.
 */
export function splitEvents(body: string): string[] {
  const text = body.trim();
  if (text === '') return [];
  if (text.startsWith('[')) return isJson(text) ? elementsOf(text) : [text];
  if (isJson(text)) return [text];
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The texts of the elements of an array that JSON.parse accepts. */
function elementsOf(array: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let start = 1;
  let inString = false;
  const take = (end: number) => {
    const element = array.slice(start, end).trim();
    if (element !== '') elements.push(element);
    start = end + 1;
  };
  for (let at = 0; at < array.length; at++) {
    const character = array[at];
    if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') {
      depth--;
      if (depth === 0) take(at);
    } else if (character === ',' && depth === 1) take(at);
  }
  return elements;
}
