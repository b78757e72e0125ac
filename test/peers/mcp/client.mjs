/** The client that the conformance suite starts: `node client.mjs WORKER SERVER`. It asks the Worker, and fails if the Worker fails. */
const [worker = '', url = ''] = process.argv.slice(2)
const { toolCalls: calls, client_id, client_secret } = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}')
const client = client_id === undefined ? undefined : { client_id, client_secret }
const response = await fetch(worker, { method: 'POST', body: JSON.stringify({ url, calls, client }) })
console.log(await response.text())
process.exitCode = response.ok ? 0 : 1
