export { ArtifactError, type ArtifactLimit } from './errors.ts';
export {
  AddressGuard,
  type AddressGuardOptions,
  type ResolvedAddress,
  type ResolveHost,
} from './fetch/address-guard.ts';
export { type ArtifactsOptions, createArtifacts } from './fetch/artifacts.ts';
export { DEFAULT_DOWNLOAD_LIMITS, type DownloadLimits } from './fetch/download-limits.ts';
export { isForbiddenAddress } from './fetch/forbidden-address.ts';
export { type ArchiveLimits, DEFAULT_LIMITS } from './limits.ts';
export { HostPatterns } from './outbound/host-patterns.ts';
export {
  CALL_TIMEOUT_MS,
  createHttpCalls,
  HttpCallError,
  type HttpCallsOptions,
  MAX_REDIRECTS,
} from './outbound/http-calls.ts';
export { type Archive, type PackOptions, packDirectory, packFiles, readDirectory } from './pack/pack.ts';
export { type ArtifactServer, type ServeOptions, serveArtifacts } from './serve/server.ts';
