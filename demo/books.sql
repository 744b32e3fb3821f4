-- demo: what a bookkeeper enters before the first statement.
insert into issuer (name, address, tax_id, bank)
values ('Paidcalls Demo Telephone Ltd', E'1 Exchange Lane\nLondon EC1A 1AA', 'GB 123 4567 89', 'IBAN GB33 BUKB 2020 1555 5555 55');
insert into tax_rate (name, percent) values ('VAT', 20);
insert into client_fee (client_id, description, amount) select id, 'SIP trunk', 12.50 from client;
update client set address = E'12 Harbour Street\nLondon E1 4AB' where address = '';
