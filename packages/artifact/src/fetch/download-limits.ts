/** Bounds of one download. Times are in milliseconds on the injected clock. */
export interface DownloadLimits {
  /** The whole download, tries and redirects included. */
  readonly timeoutMs: number;
  /** Without a byte for this long, a try has failed. */
  readonly silenceMs: number;
  readonly maxAttempts: number;
  readonly maxRedirects: number;
  /** Downloads at a time. */
  readonly maxDownloads: number;
}

export const DEFAULT_DOWNLOAD_LIMITS: DownloadLimits = {
  timeoutMs: 300_000,
  silenceMs: 30_000,
  maxAttempts: 4,
  maxRedirects: 10,
  maxDownloads: 4,
};
