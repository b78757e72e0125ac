/** What a machine is made of. The Worker imports the files; tests and benchmarks read them. Types only. */

export interface Engine {
  /** QuickJS with a fuel meter. */
  readonly module: WebAssembly.Module
  /** Expressions whose values are the exports of the guest programs. */
  readonly prelude: string
  readonly stripTypes: string
  /** The SHA-256 of the module and the prelude. Snapshots of another engine are refused. */
  readonly hash: string
}
