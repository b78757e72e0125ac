import { withErrorToast } from '../state/with-error-toast.ts'
import { state } from '../strings/state.ts'

/** Adds files to a draft and uploads them. The code for it loads with the first one. */
export const attachFiles = (draftKey: string, files: readonly File[]): Promise<boolean> =>
  withErrorToast(state.failed.attach, async () => (await import('./upload.ts')).addFiles(draftKey, files))
