import { createUDPServer, Packet } from 'dns2';

const ADDRESS = '192.0.2.1';

/**
 * What `dns2` alone makes of DNS: it reads every question and answers with the same address, whatever the name. Run as a
 * process of its own, it prints its port.
 */
const server = createUDPServer((request, send) => {
  const answer = Packet.createResponseFromRequest(request);
  const [question] = request.questions;
  answer.header.aa = 1;
  const name = question?.name ?? '';
  const { A: type } = Packet.TYPE;
  answer.answers.push(new Packet.Resource({ name, type, class: Packet.CLASS.IN, ttl: 60, address: ADDRESS }));
  void send(answer);
});
server.once('listening', () => console.log(server.address().port));
void server.listen(0, '127.0.0.1');
