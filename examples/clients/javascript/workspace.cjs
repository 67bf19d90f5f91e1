// What the examples need to know: by default the workspace of `cargo demo`, of `docker compose up` and of `rc-account seed`.

const { createHash, createHmac } = require('node:crypto');

const { env } = process;

exports.server = (process.argv[2] || env.SERVER || 'http://localhost:3001').replace(/\/+$/, '');
exports.plain = { name: env.USER_NAME || 'plain', password: env.USER_PASSWORD || 'Secret-1-of-plain' };
exports.withTotp = {
	name: env.TOTP_NAME || 'totp',
	password: env.TOTP_PASSWORD || 'Secret-1-of-totp',
	secret: env.TOTP_SECRET || 'JBSWY3DPEHPK3PXP',
};

// A new one each time, because the same one would be no change.
exports.newAddress = () => `example-${Date.now()}@example.com`;

// What the second factor `password` expects.
exports.digest = (password) => createHash('sha256').update(password).digest('hex');

// The code that an authenticator shows now.
exports.totp = (base32) => {
	const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
	const bits = [...base32].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
	const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
	const step = Buffer.alloc(8);
	step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
	const mac = createHmac('sha1', key).update(step).digest();
	const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
	return String(number % 1_000_000).padStart(6, '0');
};

// Runs the example, and fails with what went wrong.
exports.run = (...sessions) =>
	sessions
		.reduce((before, session) => before.then(session), Promise.resolve())
		.then(() => console.log('done'))
		.catch((error) => {
			console.error(error);
			process.exit(1);
		});
