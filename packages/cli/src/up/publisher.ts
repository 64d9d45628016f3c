import { type Archive, type ArtifactServer, packDirectory } from '@stageset/artifact';
import { type KubeObject, refOf } from '@stageset/k8s';
import type { Clock, Cluster } from '@stageset/ports';
import { CommandError, EXIT } from '../exit.ts';
import type { LocalSource } from '../inputs/local-sources.ts';

/** Field manager of what `stageset up` writes itself. */
export const UP_FIELD_MANAGER = 'stageset-up';

/** What came of publishing a folder. */
interface Published {
  readonly revision: string;
  /** False when the folder's bytes are those that were published last. */
  readonly changed: boolean;
}

/** Packs local folders, serves them, and writes into their source objects what a producer would. */
export class Publisher {
  readonly #cluster: Cluster;
  readonly #server: ArtifactServer;
  readonly #clock: Clock;
  readonly #revisions = new Map<LocalSource, string>();

  constructor(cluster: Cluster, server: ArtifactServer, clock: Clock) {
    this.#cluster = cluster;
    this.#server = server;
    this.#clock = clock;
  }

  /** Publishes the folder as it is now. Throws `CommandError` (exit 2) for a folder that cannot be packed. */
  async publish(source: LocalSource): Promise<Published> {
    const archive = await this.#pack(source);
    const revision = `local@${archive.digest}`;
    if (this.#revisions.get(source) === revision) return { revision, changed: false };
    const { namespace = 'default', name } = source.object.metadata;
    const { url } = this.#server.publish(archive, `${source.object.kind}/${namespace}/${name}`);
    await this.#cluster.apply(source.object, { fieldManager: UP_FIELD_MANAGER, force: true });
    await this.#cluster.apply(this.#withArtifact(source.object, archive, url, revision), {
      fieldManager: UP_FIELD_MANAGER,
      force: true,
      subresource: 'status',
    });
    this.#revisions.set(source, revision);
    return { revision, changed: true };
  }

  /** The revision that each source offers now. */
  get revisions(): ReadonlyMap<LocalSource, string> {
    return this.#revisions;
  }

  async #pack({ folder, label }: LocalSource): Promise<Archive> {
    try {
      return await packDirectory(folder);
    } catch (error) {
      throw new CommandError(EXIT.usage, `${label}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }

  #withArtifact(object: KubeObject, archive: Archive, url: string, revision: string): KubeObject {
    const now = new Date(this.#clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const { apiVersion, kind, name, namespace } = refOf(object);
    return {
      apiVersion,
      kind,
      metadata: namespace === undefined ? { name } : { name, namespace },
      status: {
        artifact: {
          url,
          path: new URL(url).pathname.slice(1),
          revision,
          digest: archive.digest,
          size: archive.bytes.byteLength,
          lastUpdateTime: now,
        },
        conditions: [
          {
            type: 'Ready',
            status: 'True',
            reason: 'Succeeded',
            message: `stored artifact for revision '${revision}'`,
            lastTransitionTime: now,
          },
        ],
      },
    };
  }
}
