import type { files as en } from '../en/files.ts'
import type { Translation } from '../translation.ts'

export const files: Translation<typeof en> = {
  draftLabel: 'Dateien dieser Nachricht',
  messageLabel: 'Dateien',
  dropHere: 'Dateien hier ablegen, um sie anzuhängen',
  tooMany: ({ count }) => `Eine Nachricht kann höchstens ${count} Dateien haben. Die anderen wurden nicht angehängt.`,
  progress: ({ sent, size }) => `${sent} von ${size}`,
  progressOf: ({ name }) => `Hochladen von ${name}`,
  uploaded: ({ name }) => `${name} ist hochgeladen`,
  retry: ({ name }) => `${name} noch einmal hochladen`,
  cancel: ({ name }) => `Hochladen von ${name} abbrechen`,
  remove: ({ name }) => `${name} entfernen`,
  download: ({ name, size }) => `${name} herunterladen (${size})`,
}
