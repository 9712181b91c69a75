// SPDX-License-Identifier: GPL-2.0
// HTTP by Node: a server that gives back what it is given, and a client that looks whether it did.
//
//   node_http.js serve PORT           node_http.js ask HOST PORT SIZE
'use strict';
const crypto = require('crypto');
const http = require('http');

const TIMES = 10;

function serve(port) {
	http.createServer((request, response) => {
		response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'X-From': request.socket.remoteFamily });
		request.pipe(response);
	}).listen(port, '::');
}

function post(agent, host, port, data) {
	return new Promise((resolve, reject) => {
		const request = http.request({ agent, host, port, method: 'POST', path: '/echo' }, (response) => {
			const pieces = [];
			response.on('data', (piece) => pieces.push(piece));
			response.on('error', reject);
			response.on('end', () => resolve(Buffer.concat(pieces).equals(data)));
		});
		request.on('error', reject);
		request.setTimeout(60000, () => request.destroy(new Error('nothing came for a minute')));
		request.setNoDelay(true);
		request.setSocketKeepAlive(true, 1000);
		request.end(data);
	});
}

async function ask(host, port, size) {
	const data = crypto.randomBytes(size);
	const kept = new http.Agent({ keepAlive: true, maxSockets: 4 });
	const at_once = Array.from({ length: TIMES }, (_, i) => post(kept, host, port, data.subarray(0, i * size / TIMES)));
	const results = await Promise.all(at_once);
	results.push(await post(new http.Agent(), host, port, data));
	kept.destroy();
	console.log(results);
	process.exitCode = results.every(Boolean) ? 0 : 1;
}

if (process.argv[2] === 'serve')
	serve(Number(process.argv[3]));
else
	ask(process.argv[3], Number(process.argv[4]), Number(process.argv[5]));
