// The REST part of @rocket.chat/sdk, for bots. Its `driver` speaks over the websocket, which is not served here.

const assert = require('node:assert/strict');

const { server, plain, newAddress, digest, run } = require('./workspace.cjs');

// Read once, when it is loaded.
process.env.ROCKETCHAT_URL = server;
const { api } = require('@rocket.chat/sdk');

const PROFILE = 'users.updateOwnBasicInfo';
// It writes refusals to the console and gives back nothing, unless it is told to ignore them: then they come back.
const SHOWN = /(?!)/;

async function session() {
	await api.login({ username: plain.name, password: plain.password });
	assert.equal((await api.get('me')).username, plain.name);

	const wanted = { name: 'Changed By SDK', email: newAddress() };
	const challenge = await api.post(PROFILE, { data: wanted }, true, SHOWN);
	assert.deepEqual([challenge.errorType, challenge.details.method], ['totp-required', 'password']);
	const confirmed = { ...wanted, currentPassword: digest(plain.password) };
	const { user } = await api.post(PROFILE, { data: confirmed });
	assert.deepEqual([user.name, user.emails[0].address], [wanted.name, wanted.email]);

	await api.logout();
	assert.equal(api.loggedIn(), false);
}

run(session);
