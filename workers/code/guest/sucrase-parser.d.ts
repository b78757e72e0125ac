/** The parser of sucrase, which its package does not describe. */
declare module 'sucrase/dist/esm/parser/index.js' {
  /** One token. Offsets in UTF-16 units. */
  export interface Token {
    readonly start: number
    readonly end: number
  }
  export function parse(code: string, jsx: boolean, typescript: boolean, flow: boolean): { readonly tokens: readonly Token[] }
}
