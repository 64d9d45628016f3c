/** Completion indexes as a Job writes them, ascending: `0-2,5`; two neighbours are told apart: `0,1`. */
export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...new Set(indexes)].toSorted((a, b) => a - b);
  const parts: string[] = [];
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    while (sorted[to + 1] === (sorted[to] ?? 0) + 1) to++;
    if (to - from >= 2) parts.push(`${sorted[from]}-${sorted[to]}`);
    else parts.push(...sorted.slice(from, to + 1).map(String));
    from = to + 1;
  }
  return parts.join(',');
}

/** Whether `0-2,5` names an index. */
export function namesIndex(text: string, index: number): boolean {
  return text.split(',').some((part) => {
    const [first = '', last = first] = part.split('-');
    return first !== '' && index >= Number(first) && index <= Number(last);
  });
}

/** How many indexes `0-2,5` names. */
export function countIndexes(text: string): number {
  return text.split(',').reduce((total, part) => {
    const [first = '', last = first] = part.split('-');
    return first === '' ? total : total + Number(last) - Number(first) + 1;
  }, 0);
}
