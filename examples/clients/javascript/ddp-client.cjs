// The REST part of @rocket.chat/ddp-client. Its other part speaks over the websocket, which is not served here.

const assert = require('node:assert/strict');

// Node.js before 22 has none, and the client wants to see one also where it is not used.
globalThis.WebSocket ??= class {};

const { DDPSDK } = require('@rocket.chat/ddp-client');

const { server, plain, newAddress, digest, run } = require('./workspace.cjs');

async function session() {
	const sdk = DDPSDK.create(server);
	const { data } = await sdk.rest.post('/v1/login', { user: plain.name, password: plain.password });
	// `sdk.account.loginWithPassword` would do that over the websocket.
	sdk.account.uid = data.userId;
	sdk.account.user = { token: data.authToken };
	assert.equal((await sdk.rest.get('/v1/me')).username, plain.name);

	const asked = [];
	sdk.rest.handleTwoFactorChallenge(async ({ method }) => {
		asked.push(method);
		return digest(plain.password);
	});
	const wanted = { name: 'Changed By DDP Client', email: newAddress() };
	const { user } = await sdk.rest.post('/v1/users.updateOwnBasicInfo', { data: wanted });
	assert.deepEqual([user.name, user.emails[0].address, asked], [wanted.name, wanted.email, ['password']]);

	// From 8.6 on the answer has no body; this client takes that for broken JSON.
	await sdk.rest.post('/v1/logout', {}).catch((error) => assert.ok(error instanceof SyntaxError, error));
	await assert.rejects(sdk.rest.get('/v1/me'), { status: 401 });
}

run(session);
