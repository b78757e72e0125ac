/** The routes whose bodies are not JSON. */
const otherTypes: Readonly<Record<string, string>> = {
  'POST /v1/files': 'multipart/form-data; boundary=x',
  'POST /v1/uploads': 'multipart/form-data; boundary=x',
  'POST /v1/workdir/upload': 'multipart/form-data; boundary=x',
  'PATCH /v1/uploads/tus/{upload}': 'application/offset+octet-stream',
}

/** The `content-type` that a route takes. `route`: its method and its path in the description. */
export const bodyType = (route: string): string => otherTypes[route] ?? 'application/json'
