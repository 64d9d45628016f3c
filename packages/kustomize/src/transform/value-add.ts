import { appendField, requireKind, setScalar } from '../yaml/edit.ts';
import { MAP, mapNode, SCALAR, untyped, type YamlNode } from '../yaml/node.ts';

/**
 * Puts a value at a path of maps, made where they are missing. With a position from 1 on, the value becomes that part of
 * the file path that is there; beyond its end it is appended.
 */
export function addValue(root: YamlNode, path: string, value: string, position: number): void {
  const parts = path
    .replaceAll('\\/', '\0')
    .split('/')
    .map((part) => part.replaceAll('\0', '/').trim());
  let node = root;
  parts
    .filter((part) => part !== '')
    .forEach((part, i, all) => {
      requireKind(node, MAP);
      let field = node.get(part);
      if (field === undefined) {
        field = i === all.length - 1 ? untyped('') : mapNode();
        appendField(node, part, field);
      }
      node = field;
    });
  requireKind(node, SCALAR);
  setScalar(node, untyped(position > 0 ? insertPart(node.value, position - 1, value) : value));
}

/** Inserts a part into a file path; an absolute path stays absolute. */
function insertPart(path: string, position: number, part: string): string {
  const parts = path === '' ? [] : path === '/' ? [''] : path.replace(/(.)\/+$/, '$1').split('/');
  let at = Math.min(position, parts.length);
  if (parts[0] === '' && at < parts.length) at++;
  return [...parts.slice(0, at), part, ...parts.slice(at)].join('/');
}
