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
  /** Of those, from one host. */
  readonly maxDownloadsPerHost: number;
}

export const DEFAULT_DOWNLOAD_LIMITS: DownloadLimits = {
  timeoutMs: 300_000,
  silenceMs: 30_000,
  maxAttempts: 3,
  maxRedirects: 10,
  maxDownloads: 16,
  maxDownloadsPerHost: 4,
};
