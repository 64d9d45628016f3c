type Labels = Readonly<Record<string, string>>;

/** A metric that can drop one of its series. */
interface Droppable {
  remove(labels: Record<string, string>): void;
}

/**
 * Which series tell of which StageSet, so that all of them go with it: the number of series is bounded by what exists,
 * and nothing has to be searched.
 */
export class StageSetSeries {
  readonly #byKey = new Map<string, Map<string, { readonly metric: Droppable; readonly labels: Labels }>>();
  readonly #ids = new Map<Droppable, number>();

  /** Notes that a series of a StageSet exists; hands its labels back. */
  of<L extends Labels>(metric: Droppable, key: string, labels: L): L {
    const id = this.#ids.get(metric) ?? this.#ids.size;
    this.#ids.set(metric, id);
    const series = this.#byKey.get(key) ?? new Map();
    series.set(`${id} ${Object.values(labels).join(' ')}`, { metric, labels });
    this.#byKey.set(key, series);
    return labels;
  }

  /** Drops those of one stage. */
  forgetStage(key: string, stage: string): void {
    const series = this.#byKey.get(key);
    for (const [id, { metric, labels }] of series ?? []) {
      if (labels['stage'] !== stage) continue;
      metric.remove(labels);
      series?.delete(id);
    }
  }

  forget(key: string): void {
    for (const { metric, labels } of this.#byKey.get(key)?.values() ?? []) metric.remove(labels);
    this.#byKey.delete(key);
  }
}
