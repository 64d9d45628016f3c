import { createHash } from 'node:crypto';

/**
 * Rendezvous hashing: of all members the one with the highest weight for a key has it. When a member goes, only its own
 * keys find another; when one comes, it takes from each of the others what falls to it, and nothing else moves.
 */
export function outranks(key: string, member: string, other: string): boolean {
  const difference = Buffer.compare(weightOf(key, member), weightOf(key, other));
  return difference > 0 || (difference === 0 && member > other);
}

function weightOf(key: string, member: string): Buffer {
  return createHash('sha256').update(`${member.length}:${member}${key}`).digest();
}
