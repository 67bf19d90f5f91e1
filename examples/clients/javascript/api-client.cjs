// @rocket.chat/api-client, which is what Rocket.Chat's own web client uses: signs in, changes the profile, answers the
// challenges for a second factor, and signs out.

const assert = require('node:assert/strict');

const { RestClient } = require('@rocket.chat/api-client');

const { server, plain, withTotp, newAddress, digest, totp, run } = require('./workspace.cjs');

const PROFILE = '/v1/users.updateOwnBasicInfo';

async function refused(call) {
	try {
		await call();
	} catch (response) {
		assert.ok(response instanceof Response, response);
		return { status: response.status, body: await response.json() };
	}
	assert.fail('this should have been refused');
}

async function logIn(client, body) {
	const { data } = await client.post('/v1/login', body);
	client.setCredentials({ 'X-User-Id': data.userId, 'X-Auth-Token': data.authToken });
	return data;
}

async function logOut(client) {
	try {
		await client.post('/v1/logout', {});
	} catch (error) {
		// As Rocket.Chat's own from 8.6 on, the answer has no body; this client takes that for broken JSON.
		assert.ok(error instanceof SyntaxError, error);
	}
	assert.equal((await refused(() => client.get('/v1/me'))).status, 401);
}

async function byPassword() {
	const client = new RestClient({ baseUrl: server });
	const wrong = await refused(() => client.post('/v1/login', { user: plain.name, password: 'wrong' }));
	assert.deepEqual([wrong.status, wrong.body.error], [401, 'Unauthorized']);

	const password = { digest: digest(plain.password), algorithm: 'sha-256' };
	const { authToken } = await logIn(client, { user: plain.name, password });
	assert.equal((await client.get('/v1/me')).username, plain.name);
	const resumed = await logIn(new RestClient({ baseUrl: server }), { resume: authToken });
	assert.equal(resumed.authToken, authToken);

	// The client repeats a challenged call with what its user gives it.
	const asked = [];
	client.handleTwoFactorChallenge(async (challenge) => {
		asked.push([challenge.method, challenge.invalidAttempt]);
		return digest(asked.length === 1 ? 'wrong' : plain.password);
	});
	const data = { name: 'Changed By Node', email: newAddress() };
	const { user } = await client.post(PROFILE, { data, customFields: {} });
	assert.deepEqual([user.name, user.emails[0].address], [data.name, data.email]);
	assert.deepEqual(asked, [
		['password', false],
		['password', true],
	]);
	await logOut(client);
}

async function byCode() {
	const client = new RestClient({ baseUrl: server });
	const login = { user: withTotp.name, password: withTotp.password };
	const challenge = await refused(() => client.post('/v1/login', login));
	assert.deepEqual([challenge.status, challenge.body.error], [401, 'totp-required']);
	assert.equal(challenge.body.details.method, 'totp');
	await logIn(client, { ...login, code: totp(withTotp.secret) });

	// A code counts once, so a second one in the same half minute has to be one of the backup codes.
	const { TOTP_BACKUP_CODE } = process.env;
	if (TOTP_BACKUP_CODE) {
		client.handleTwoFactorChallenge(async ({ method }) => {
			assert.equal(method, 'totp');
			return TOTP_BACKUP_CODE;
		});
		const email = newAddress();
		const { user } = await client.post(PROFILE, { data: { email } });
		assert.equal(user.emails[0].address, email);
	}
	assert.equal((await client.post('/v1/users.removeOtherTokens', {})).success, true);
	const { token } = await client.post('/v1/users.logoutOtherClients', {});
	assert.equal(token, client.getCredentials()['X-Auth-Token']);
	await logOut(client);
}

run(byPassword, byCode);
