/** The values that setup.ts provides to tests. */
declare module 'vitest' {
  interface ProvidedContext {
    modelUrl: string
    providerUrl: string
    servicesUrl: string
  }
}

export type {}
