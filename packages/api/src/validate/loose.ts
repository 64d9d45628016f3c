/**
 * A value that has been looked through: what is there has its declared type, but anything may be absent. Rules that look
 * at several fields read this, so that one wrong field does not keep them from saying what else is wrong.
 */
export type Loose<T> = T extends readonly (infer Item)[]
  ? readonly (Loose<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Loose<T[Key]> | undefined }
    : T;
