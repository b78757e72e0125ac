/** Files of drafts and messages. */
export const files = {
  draftLabel: 'Files of this message',
  messageLabel: 'Files',
  dropHere: 'Drop files to attach them',
  tooMany: ({ count }: { readonly count: number }) => `A message can have ${count} files at most. The others were left out.`,
  progress: ({ sent, size }: { readonly sent: string; readonly size: string }) => `${sent} of ${size}`,
  progressOf: ({ name }: { readonly name: string }) => `Upload of ${name}`,
  uploaded: ({ name }: { readonly name: string }) => `${name} is uploaded`,
  retry: ({ name }: { readonly name: string }) => `Upload ${name} again`,
  cancel: ({ name }: { readonly name: string }) => `Cancel the upload of ${name}`,
  remove: ({ name }: { readonly name: string }) => `Remove ${name}`,
  download: ({ name, size }: { readonly name: string; readonly size: string }) => `Download ${name} (${size})`,
} as const
