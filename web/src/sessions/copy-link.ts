import { showToast } from '../state/toast.ts'

export async function copyLink(path: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.origin + path)
    showToast('Link copied')
  } catch {
    showToast('Your browser did not allow copying.', 'error')
  }
}
