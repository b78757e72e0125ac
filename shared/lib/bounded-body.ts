/** Bounds the bytes of untrusted responses that other code reads. Web standards only. */

/** The bytes that are left, and what happens when none are. */
export interface Budget {
  bytes: number
  onSpent(): void
}

/** `response`, whose body fails after the bytes of `budget`. Several responses may share a budget. */
export function boundedBody(response: Response, budget: Budget): Response {
  if (!response.body) return response
  const bounded = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        budget.bytes -= chunk.length
        if (budget.bytes < 0) {
          controller.error(new Error('the response is too long'))
          budget.onSpent()
        } else controller.enqueue(chunk)
      },
    }),
  )
  return new Response(bounded, { status: response.status, statusText: response.statusText, headers: response.headers })
}
