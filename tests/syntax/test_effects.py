"""What a command does, judged from its text: `read`, `change` or `unknown`."""

from __future__ import annotations

import pytest

from runbook_runner.model.command import Effect
from runbook_runner.syntax.shell import analyse

READS = """
ls -l | cat | VAR=x | export A=1 | cd /tmp | echo hi >/dev/null | echo hi >&2 | ls 2>&1 | ls &>/dev/null | df -h | free -m
ps aux | uptime | kubectl get pods | kubectl -n x get pods -o yaml | kubectl describe pod x | kubectl logs -f x
kubectl rollout status deploy/x | kubectl rollout history deploy/x | kubectl config current-context | kubectl auth can-i get pods
kubectl delete pod x --dry-run=client | kubectl apply -f x --dry-run=server | kubectl exec p -- ls | kubectl top pods
kubectl port-forward svc/x 80:80 | sudo ls | sudo -u postgres ls | env A=1 ls | timeout 5 ls | nohup ls | time ls | nice -n 5 ls
watch kubectl get pods | ssh host uptime | ssh -p 22 host 'df -h; uptime' | sh -c 'ls; df' | bash -lc "ls" | find . -name x
find . -exec cat {} \\; | find . -type f -exec ls -l {} + | ls ¦ xargs cat | xargs -n1 kubectl get pod | systemctl status nginx
systemctl --no-pager list-units | journalctl -u x -f | service nginx status | docker ps | docker logs x | docker exec c ls
docker compose ps | crictl ps | helm list | helm -n x history y | redis-cli info | redis-cli -h h GET k | etcdctl endpoint health
psql -c 'select 1' | psql -c 'select count(*) from t' | psql -l | mysql -e 'show processlist' | mysql -psecret -e 'select 1'
aws ec2 describe-instances | aws s3 ls | gcloud compute instances list | az vm list | git status | git log -3 | git branch
terraform plan | curl http://x | curl -s -o /dev/null -w x http://x | curl -I http://x | curl -XGET -d x http://x | wget -O- http://x
ip a | ip addr show | ip -s link | ss -ltnp | iptables -L -n | lsof -i :80 | sed 's/a/b/' f | sed -n 1,5p f | awk '{print $1}' f
sort f | dig x | ping -c1 x | sysctl -a | sysctl vm.swappiness | dmesg ¦ tail | crontab -l | kill -0 1 | mount | date +%s
openssl x509 -noout -in f | apt list | dpkg -l | rpm -qa | yum list | pip list | npm ls | velero backup get | jq . f | yq .a f
promtool query instant http://x up | amtool silence query | rabbitmqctl list_queues | kafka-topics.sh --list | vault status
consul members | nomad job status x | chronyc tracking | timedatectl | hostnamectl | hostname | nc -z h 80 | test -f x | [ -f x ]
for i in a b; do echo $i; done | f() { ls; }; f | cat <(ls) | tee | if true; then ls; fi | cat <<< hi | command -v ls | top -b -n 1
terraform state list | oc get pods | gh pr list | nslookup x | vmstat 1 5 | less f
""".replace("\n", " | ")
CHANGES = """
rm x | rm -rf /tmp/x | echo hi > f | echo hi >> f | ls &> f | ls > f 2>&1 | mv a b | kubectl delete pod x | kubectl apply -f -
kubectl -n x scale deploy/y --replicas=1 | kubectl rollout restart deploy/x | kubectl rollout undo deploy/x | kubectl drain n
kubectl cordon n | kubectl edit deploy x | kubectl patch x | kubectl exec p -- rm x | kubectl exec p -- sh -c 'rm x'
kubectl config use-context x | kubectl delete pod x --dry-run=none | sudo rm x | sudo -u root systemctl restart x | env A=1 rm x
sudo env A=1 rm x | timeout -k 5 10 rm x | nohup rm x | time rm x | watch 'rm x' | ssh host rm x | ssh host 'ls; rm x'
sh -c 'rm x' | bash -c "ls && rm $X" | find . -delete | find . -exec rm {} \\; | find . -execdir sh -c 'rm {}' \\; | ls ¦ xargs rm
ls ¦ xargs -I{} kubectl delete pod {} | ls ¦ xargs -n1 sh -c 'rm $1' | echo $(rm x) | echo `rm x` | cat <(rm x) | X=$(rm x)
echo "$(rm x)" | ls; rm x | ls && rm x | ls ¦¦ rm x | (rm x) | { rm x; } | ! rm x | rm x & | if ls; then rm x; fi
for i in a; do rm $i; done | while true; do rm x; done | case x in a) rm x;; esac | f() { rm x; } | ls ¦ tee f | ls ¦ sudo tee /etc/x
systemctl restart nginx | systemctl --user stop x | systemctl daemon-reload | service nginx restart | docker rm x | docker restart x
docker exec c rm x | docker compose down | docker system prune -f | helm upgrade a b | helm rollback a | redis-cli flushall
redis-cli -h h config set a b | psql -c 'delete from t' | psql -c 'select pg_terminate_backend(1)' | psql -c 'select 1; drop table t'
psql -c 'with x as (delete from t returning 1) select 1' | mysql -e 'kill 5' | etcdctl del k | etcdctl snapshot save f
aws ec2 terminate-instances | aws s3 rm s3://x | aws s3 cp a b | gcloud compute instances delete x | az vm restart | git push
git checkout x | git reset --hard | git branch -D x | terraform apply | terraform state rm x | terraform providers lock
curl -X POST http://x | curl -XDELETE http://x | curl -d a http://x | curl --data-raw=a http://x | curl -o f http://x
curl -sO http://x | curl --request PUT http://x | wget http://x | ip link set eth0 down | ip route add x | iptables -A INPUT
iptables -F | sed -i s/a/b/ f | sed --in-place s/a/b/ f | sed --in-pl s/a/b/ f | sed -ni.bak p f | sort -o f f | dd if=a of=/dev/sda
kill 1 | kill -9 1 | pkill x | truncate -s0 f | crontab -e | crontab f | mount /dev/x /y | umount x | sysctl -w a=b | sysctl a=b
sysctl -p | date -s x | hostname x | chmod 600 f | apt install x | apt-get -y update | yum -y install x | dnf remove x | pip install x
npm install | velero restore create | yq -i .a f | amtool silence add x | rabbitmqctl purge_queue x | vault kv put a b
kafka-topics.sh --delete --topic x | consul kv delete x | nomad job stop x | chronyc makestep | timedatectl set-ntp true
hostnamectl set-hostname x | journalctl --vacuum-size=1G | dmesg -C | swapoff -a | reboot | mkfs.ext4 /dev/x | cat x >| f
ls 2> errors | tar xzf f | kubectl get x -o yaml > f | kubectl get x ¦ kubectl apply -f - | openssl genrsa -out k 2048
""".replace("\n", " | ")
UNKNOWNS = """
frobnicate | ./fix.sh | $CMD x | "$X" | kubectl frobnicate | kubectl $VERB pods | systemctl frob | docker frob | aws ec2 frob
git frob | eval "$X" | eval ls | source f | . f | bash f.sh | curl http://x ¦ sh | curl http://x ¦ sudo bash | echo 'rm x' ¦ bash
kubectl exec -it p -- bash | ssh host | psql | psql -f f | mysql | redis-cli | python f | python -c 'x' | make x | xargs frob
find . -exec frob {} \\; | sudo -i | su - | $(ls) | sh -c "$X" | PATH=/x:$PATH | perl -e x | awk 'BEGIN{system("x")}' | nc h 80
psql -c 'select f(1)' | sed 's/a/b/e' f | sed 'w f' g | terraform frob | ls; frob | openssl frob | helm frob
""".replace("\n", " | ")


def _cases() -> list[tuple[str, Effect]]:
    """`¦` stands for a pipe, since `|` parts the cases."""
    return [
        (case.strip().replace("¦", "|"), effect)
        for effect, text in ((Effect.READ, READS), (Effect.CHANGE, CHANGES), (Effect.UNKNOWN, UNKNOWNS))
        for case in text.split(" | ")
        if case.strip()
    ]


@pytest.mark.parametrize(("command", "effect"), _cases())
def test_effect(command: str, effect: Effect) -> None:
    analysis = analyse(command)
    assert analysis.effect is effect, analysis.reasons


DOCUMENTS = [
    ("bash <<EOF\nrm x\nEOF", Effect.CHANGE),
    ("ssh host <<'EOF'\nls\nsystemctl restart x\nEOF", Effect.CHANGE),
    ("ssh host <<'EOF'\nls\nEOF", Effect.READ),
    ("cat <<EOF | kubectl apply -f -\na: b\nEOF", Effect.CHANGE),
    ("cat <<EOF | bash\nrm x\nEOF", Effect.CHANGE),
    ("cat <<EOF >f\nx\nEOF", Effect.CHANGE),
    ("cat <<EOF\n$(rm x)\nEOF", Effect.CHANGE),
    ("cat <<'EOF'\n$(rm x)\nEOF", Effect.READ),
    ("psql <<EOF\nselect 1;\nEOF", Effect.READ),
    ("psql <<EOF\ntruncate t;\nEOF", Effect.CHANGE),
    ("ls 'unclosed", Effect.UNKNOWN),
]


@pytest.mark.parametrize(("command", "effect"), DOCUMENTS)
def test_effect_of_documents(command: str, effect: Effect) -> None:
    assert analyse(command).effect is effect


def test_every_simple_command_has_its_reason() -> None:
    analysis = analyse("ls\nkubectl delete pod x | frob $(rm y)")
    assert [(one.command, one.effect.value, one.line) for one in analysis.reasons] == [
        ("ls", "read", 1),
        ("kubectl delete pod x", "change", 2),
        ("frob $(rm y)", "unknown", 2),
        ("rm y", "change", 2),
    ]
    assert analysis.reasons[1].why == "deletes objects"


@pytest.mark.parametrize(
    ("command", "traits"),
    [
        ("vi f", "tty"),
        ("less f", "tty"),
        ("kubectl edit x", "tty"),
        ("docker run -it x", "tty"),
        ("ssh host", "tty shell"),
        ("psql -h x", "tty shell"),
        ("kubectl exec -it p -- bash", "tty shell"),
        ("kubectl exec -it p -- ls", "tty"),
        ("kubectl exec p -- ls", ""),
        ("tail -f x", "never"),
        ("tail -n5 x", ""),
        ("journalctl -fu x", "never"),
        ("kubectl get pods -w", "never"),
        ("kubectl logs -f x", "never"),
        ("kubectl proxy", "never"),
        ("ping x", "never"),
        ("ping -c 3 x", ""),
        ("vmstat 1", "never"),
        ("vmstat 1 3", ""),
        ("top", "tty never"),
        ("top -bn1", ""),
        ("while true; do ls; sleep 1; done", "never"),
        ("psql -c 'select 1'", ""),
    ],
)
def test_who_needs_a_terminal_and_who_never_ends(command: str, traits: str) -> None:
    analysis = analyse(command)
    found = {"tty": analysis.interactive, "shell": analysis.opens_shell, "never": analysis.never_returns}
    assert " ".join(name for name, holds in found.items() if holds) == traits


def test_tools_are_those_of_this_machine() -> None:
    assert analyse("cd /; sudo kubectl get x | jq . ; ssh h frob; f() { ls; }; f").tools == (
        "sudo", "kubectl", "jq", "ssh", "ls",
    )  # fmt: skip
