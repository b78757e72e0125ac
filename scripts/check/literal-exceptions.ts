/** Literals of the web app that no language changes. */
interface Exception {
  /** The only file that may have it. Absent: every file may. */
  readonly file?: string
  readonly text: string
  readonly reason: string
}

export const exceptions: readonly Exception[] = [{ text: 'Soma', reason: 'the name of the product' }]
