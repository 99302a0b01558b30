"""What watches a deployment: Prometheus with Alertmanager and kube-state-metrics, and Grafana."""
