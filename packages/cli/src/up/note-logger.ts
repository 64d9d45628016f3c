import { type Logger, silentLogger } from '@stageset/controller/main';

/** Of the controller's log only what must never stay unseen: a pass that broke off is a bug of ours. */
export function noteLogger(note: (text: string) => void): Logger {
  const told = new Set<string>();
  return {
    ...silentLogger,
    error(message, fields = {}) {
      const text = `${message}: ${String(fields['error'] ?? '')} (${String(fields['stageSet'] ?? 'controller')})`;
      if (told.has(text)) return;
      told.add(text);
      note(text);
    },
  };
}
