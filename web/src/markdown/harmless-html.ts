/** Recognises HTML that can do nothing, so that most blocks need no sanitizer. Pure. */

const tag = String.raw`<\/?(?:p|h[1-6]|ul|ol|li|blockquote|strong|em|del|code|br|sub|sup|kbd)(?: dir="auto")?(?: class="[\w -]*")?>`
const entity = '&(?:amp|lt|gt|quot|#39);'
const harmless = new RegExp(`^[^<>&]*(?:(?:${entity}|${tag})[^<>&]*)*$`)

/** Whether `html` is text, entities of the five reserved characters, and formatting elements without attributes but `dir` and `class`. */
export const isHarmless = (html: string): boolean => harmless.test(html)
