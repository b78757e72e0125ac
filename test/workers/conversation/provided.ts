/** What setup.ts gives to the tests. */
declare module 'vitest' {
  interface ProvidedContext {
    modelUrl: string
    providerUrl: string
  }
}

export type {}
