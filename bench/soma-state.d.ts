/** The part of the object classes that state.ts needs. soma.ts resolves this name to the real classes of another runtime. */
declare module 'soma-state' {
  export interface Cursor {
    readonly rowsWritten: number
  }
  export interface Sql {
    exec(query: string, ...bindings: unknown[]): Cursor
  }
  export interface Storage {
    readonly sql: Sql
    transactionSync<T>(change: () => T): T
    setAlarm(at: number): Promise<void>
  }
  export class Session {
    protected readonly ctx: { readonly storage: Storage }
    restore(tenant: string, session: string, subject: string, events: readonly object[]): Promise<unknown>
  }
}
