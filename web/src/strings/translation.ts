/** The shape of a table of strings, and of its translations. */

/** A text, or a function of named arguments that returns one. */
type Text = string | ((values: never) => string)

/** The strings of one area. Groups are one level deep. */
export type Table = { readonly [name: string]: Text | { readonly [name: string]: Text } }

/** A table with the names and the arguments of `English`. */
export type Translation<English> = {
  readonly [Name in keyof English]: English[Name] extends string
    ? string
    : English[Name] extends (values: infer Values) => string
      ? (values: Values) => string
      : Translation<English[Name]>
}
