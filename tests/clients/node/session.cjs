// Signs in, reads and changes the own profile, answers challenges for a second factor, and signs out: with
// @rocket.chat/api-client, which is what Rocket.Chat's own web client uses, as it is.

const assert = require('node:assert/strict');
const { createHash, createHmac } = require('node:crypto');
const { createRequire } = require('node:module');

// The client is installed outside of the repository.
const { RestClient } = createRequire(`${process.env.INSTALLED}/`)('@rocket.chat/api-client');

const PROFILE = '/v1/users.updateOwnBasicInfo';
const { SERVER, USER_NAME, USER_PASSWORD, TOTP_NAME, TOTP_PASSWORD, TOTP_SECRET, TOTP_BACKUP_CODE } = process.env;

const connect = () => new RestClient({ baseUrl: SERVER });
const digest = (password) => createHash('sha256').update(password).digest('hex');

function totp(base32) {
	const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
	const bits = [...base32].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
	const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
	const step = Buffer.alloc(8);
	step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
	const mac = createHmac('sha1', key).update(step).digest();
	const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
	return String(number % 1_000_000).padStart(6, '0');
}

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
	const { status, data } = await client.post('/v1/login', body);
	assert.equal(status, 'success');
	client.setCredentials({ 'X-User-Id': data.userId, 'X-Auth-Token': data.authToken });
	return data;
}

async function byPassword() {
	const client = connect();
	const wrong = await refused(() => client.post('/v1/login', { user: USER_NAME, password: 'wrong' }));
	assert.deepEqual([wrong.status, wrong.body.error], [401, 'Unauthorized']);

	const { authToken, me } = await logIn(client, {
		user: USER_NAME,
		password: { digest: digest(USER_PASSWORD), algorithm: 'sha-256' },
	});
	assert.equal(me.username, USER_NAME);
	assert.equal((await client.get('/v1/me')).username, USER_NAME);

	const resumed = await logIn(connect(), { resume: authToken });
	assert.equal(resumed.authToken, authToken);

	const { user } = await client.post(PROFILE, { data: { name: 'Changed By Node' }, customFields: {} });
	assert.equal(user.name, 'Changed By Node');

	// The client repeats a challenged call with what its user gives it.
	const asked = [];
	client.handleTwoFactorChallenge(async (challenge) => {
		asked.push(challenge);
		return digest(asked.length === 1 ? 'wrong' : USER_PASSWORD);
	});
	const changed = await client.post(PROFILE, { data: { newPassword: 'Changed-by-Node-1' } });
	assert.equal(changed.success, true);
	assert.deepEqual(
		asked.map(({ method, invalidAttempt }) => [method, invalidAttempt]),
		[
			['password', false],
			['password', true],
		],
	);

	await logOut(client);
	assert.equal((await refused(() => client.get('/v1/me'))).status, 401);
}

async function logOut(client) {
	const left = client.post('/v1/logout', {});
	if (process.env.LOGOUT_HAS_BODY) {
		assert.equal((await left).data.message, "You've been logged out!");
	} else {
		// As Rocket.Chat's own from 8.6 on, the answer has no body; this client takes that for broken JSON.
		await assert.rejects(left, SyntaxError);
	}
}

async function byCode() {
	const client = connect();
	const login = { user: TOTP_NAME, password: TOTP_PASSWORD };
	const challenge = await refused(() => client.post('/v1/login', login));
	assert.deepEqual([challenge.status, challenge.body.error], [401, 'totp-required']);
	assert.equal(challenge.body.details.method, 'totp');
	await logIn(client, { ...login, code: totp(TOTP_SECRET) });

	client.handleTwoFactorChallenge(async ({ method }) => {
		assert.equal(method, 'totp');
		return TOTP_BACKUP_CODE;
	});
	const { user } = await client.post(PROFILE, { data: { email: 'node@example.com' } });
	assert.equal(user.emails[0].address, 'node@example.com');
	assert.equal((await client.post('/v1/users.removeOtherTokens', {})).success, true);
	const { token } = await client.post('/v1/users.logoutOtherClients', {});
	assert.equal(token, client.getCredentials()['X-Auth-Token']);
	await logOut(client);
}

byPassword()
	.then(byCode)
	.catch((error) => {
		console.error(error);
		process.exit(1);
	});
