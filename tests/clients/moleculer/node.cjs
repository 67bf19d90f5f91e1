// A node of the framework that connects Rocket.Chat's processes: a micro-service that listens to some events, or the
// instance layer of a whole Rocket.Chat, in its older or (NEWER) newer form. Prints each event that it hears as one line of JSON, and, when it reads a line,
// the ids of all nodes that it knows. Ends with its input.

const { createInterface } = require('node:readline');
const { createRequire } = require('node:module');

// The packages are installed outside of the repository.
const installed = createRequire(`${process.env.INSTALLED}/`);
const { Serializers, ServiceBroker } = installed('moleculer');
const EJSON = installed('ejson');

const { NODE_ID, NAMESPACE, NATS, TCP_PORT, LISTENS_TO, NEWER } = process.env;

class EJSONSerializer extends Serializers.Base {
	serialize(packet) {
		return Buffer.from(EJSON.stringify(packet));
	}

	deserialize(bytes) {
		return EJSON.parse(bytes.toString());
	}
}

// What JSON has no words for is shown as an object with the name of its type.
function show(value) {
	if (value instanceof Date) {
		return { Date: value.getTime() };
	}
	if (value instanceof Uint8Array) {
		return { Uint8Array: [...value] };
	}
	if (Array.isArray(value)) {
		return value.map(show);
	}
	if (value && typeof value === 'object') {
		return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, show(member)]));
	}
	return value;
}

const print = (line) => console.log(JSON.stringify(line));
const heard = (event, args) => print({ event, args: show(args) });

const broker = new ServiceBroker({
	nodeID: NODE_ID,
	namespace: NAMESPACE,
	logLevel: 'warn',
	serializer: new EJSONSerializer(),
	transporter: NATS || { type: 'TCP', options: { port: Number(TCP_PORT), udpDiscovery: false } },
});

if (LISTENS_TO) {
	// The framework knows a handler that takes a context by the parameter's name.
	const events = LISTENS_TO.split(',').map((event) => [event, (ctx) => heard(event, ctx.params)]);
	broker.createService({ name: 'listener', events: Object.fromEntries(events) });
} else if (NEWER) {
	broker.createService({
		name: 'matrix',
		events: {
			event(ctx) {
				heard(ctx.params.event, ctx.params.args);
			},
		},
	});
} else {
	broker.createService({
		name: 'matrix',
		events: {
			broadcast(ctx) {
				const { streamName, eventName, args } = ctx.params;
				if (streamName === 'local' && eventName === 'broadcast') {
					args.forEach((wrapped) => heard(wrapped.eventName, wrapped.args));
				} else {
					heard(`${streamName}/${eventName}`, args);
				}
			},
		},
	});
}

broker.start().then(
	() => {
		print({ ready: NODE_ID });
		const lines = createInterface({ input: process.stdin });
		lines.on('line', () => print({ nodes: broker.registry.getNodeList({ onlyAvailable: false }).map(({ id }) => id) }));
		lines.on('close', () => process.exit());
	},
	(error) => {
		console.error(error);
		process.exit(1);
	},
);
