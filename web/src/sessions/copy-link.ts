import { showToast } from '../state/toast.ts'
import { sessions as strings } from '../strings/sessions.ts'

export async function copyLink(path: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.origin + path)
    showToast(strings.link.copied)
  } catch {
    showToast(strings.link.failed, 'error')
  }
}
