import { describe, expect, it } from 'vitest'
import { UploadSettings } from '../../shared/settings/uploads.ts'
import { uploadsDraftOf, uploadsOf } from '../../web/src/settings/limits/uploads-draft.ts'

describe('The form of upload limits', () => {
  it('states the settings that it was made from', () => {
    const settings = UploadSettings.parse({ max_file_bytes: 1_234_567, total_bytes: 7_500_000_000, allow: ['image/*'] })
    expect(uploadsOf(uploadsDraftOf(settings))).toEqual(settings)
  })

  it('reads types with any separators, and megabytes as bytes', () => {
    const draft = { fileMegabytes: '0.5', totalGigabytes: '2', allow: 'image/*,\n text/plain  a/b', deny: '' }
    expect(uploadsOf(draft)).toEqual({
      max_file_bytes: 500_000,
      total_bytes: 2_000_000_000,
      allow: ['image/*', 'text/plain', 'a/b'],
      deny: [],
    })
  })
})
