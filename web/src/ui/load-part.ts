/**
 * Loads a part of the app: `loadPart(() => import('./part.ts'))`. The build moves handlers of `import(…).then(…)` into the import. There
 * they are skipped if a style of the part fails to load.
 */
export const loadPart = <T>(load: () => Promise<T>): Promise<T> => Promise.resolve().then(load)
