// Prints what is announced to it: `node examples/migration/receiver.js`, and in another terminal
// `npm exec -- stageset up examples/migration --allowed-action-hosts localhost`.
const { createServer } = require('node:http');

const port = Number(process.argv[2] ?? 8085);

createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  console.log(`${request.method} ${request.url} ${request.headers['idempotency-key']} ${body}`);
  response.writeHead(204).end();
}).listen(port, 'localhost', () => console.log(`listening on http://localhost:${port}`));
