/** The publisher for nginx with nchan: receives a message, calls the model and publishes each word, pipelined on one connection. */
import { writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Deltas, streamAnswer } from './model-stream.ts'

const nginx = connect(Number(process.env.NGINX_PORT), '127.0.0.1')
nginx.resume()

function publish(data: string): void {
  nginx.write(`POST /publish HTTP/1.1\r\nhost: bench\r\ncontent-length: ${Buffer.byteLength(data)}\r\n\r\n${data}`)
}

async function answer(message: string): Promise<void> {
  const deltas = new Deltas()
  await streamAnswer(process.env.MODEL_URL ?? '', [{ role: 'user', content: message }], (text) => publish(deltas.data(text)))
  publish(deltas.ended)
}

const server = createServer(async (request, response) => {
  let body = ''
  for await (const piece of request.setEncoding('utf8')) body += piece
  response.end('{}')
  await answer(JSON.parse(body).message)
})

server.listen(0, '127.0.0.1', () => writeSync(3, `${JSON.stringify({ event: 'listen', port: (server.address() as AddressInfo).port })}\n`))
